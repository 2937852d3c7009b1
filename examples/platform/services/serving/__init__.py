"""What the services of this platform share: routes, JSON bodies, settings and a process that ends
when it is asked to. Standard library only.
"""
