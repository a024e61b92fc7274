"""The WAHA simulator, the demo, whole-system tests, faults and the benchmark."""
