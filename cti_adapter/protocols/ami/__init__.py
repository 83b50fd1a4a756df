"""Asterisk Manager Interface (AMI): bytes to messages and back, and which answer belongs to which action. No I/O."""
