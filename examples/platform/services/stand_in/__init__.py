"""What stands in for a service that is a Go program elsewhere: its name, its port, its needs."""
