"""What can be wrong with webhooks."""

from kernel.primitives.errors import Conflict


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    title = "There are as many webhooks as may be kept"
