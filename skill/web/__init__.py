"""The HTTP service: one conversation over JSON or sound."""

from skill.web.app import create_app
from skill.web.conversations import Conversations

__all__ = ["Conversations", "create_app"]
