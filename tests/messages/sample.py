"""The sample editions of `digest look`, which the tests of the mail use, too."""

from digest.look.sample import *  # noqa: F403
