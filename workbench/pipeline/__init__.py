"""The use cases, each one straight function: the only place where rules meet the outside world."""
