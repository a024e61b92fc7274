"""What the system can do on this machine, beside what the machine can do: `make bench`."""
