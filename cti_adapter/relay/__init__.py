"""HTTP face of the relay. The rules of delivery are in application/."""
