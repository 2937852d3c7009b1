"""HolmesGPT-API: explains an incident and proposes an action, in the light of past actions."""
