"""What can be measured: indicator sets and their dated definitions."""
