"""What a Kubernetes API server answers, asked of the double and of a real cluster.

A real one is asked when `STACKWRIGHT_TEST_KUBECONFIG` names its kubeconfig. Its user may do
everything there; whatever the tests make is named `stackwright-contract-*` and removed again.
"""
