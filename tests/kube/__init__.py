"""A test double of the Kubernetes API server, its controllers and its kubelet.

Real HTTP that real clients talk to. `contract/` holds it to what a real server answers.

    with kube_double(clock=SteeredClock()) as double:
        double.script.behave("Deployment/api", NoImage(message="manifest unknown"))
        double.faults.add(Which(verb="patch"), Refuses(code=429, retry_after=1), times=2)
        double.delay_all(0.2)
        kubeconfig = double.write_kubeconfig(tmp_path / "config")

`double.requests` counts what was asked. Whatever runs pods is a `Kubelet`: a script by default,
anything else by `kube_double(kubelet=...)`: with real containers by
`container_cluster("podman")`.
"""
