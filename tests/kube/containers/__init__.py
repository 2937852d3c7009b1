"""What a kubelet does with a container engine: pods, their containers, volumes, names and ports."""
