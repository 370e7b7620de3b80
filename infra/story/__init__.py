"""The story 事件回放: events searched, counted over time, and followed from a command to its last consequence."""
