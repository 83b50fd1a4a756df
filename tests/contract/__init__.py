"""One suite that every connector passes. A connector's own file says only how its phone system is played."""
