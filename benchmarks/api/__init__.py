"""What a request costs over HTTP, beside two yardsticks over the same data in the same run."""
