"""The Kubernetes tier: manifests read and ordered, objects judged.

What touches a cluster needs the extra `stackwright[kubernetes]`.
"""
