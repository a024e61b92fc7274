"""What the simulated Graph answers over HTTP, and the controls of the simulator."""
