from enforcement.formats.zh_Hans.formats import *  # noqa: F403 days and numbers are written alike in both scripts
