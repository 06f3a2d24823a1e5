"""The settings: read once where a command starts, and passed on."""

from assistant.settings.settings import CONFIG_FILE, Settings, WrongSetting, load_settings, settings_table

__all__ = ["CONFIG_FILE", "Settings", "WrongSetting", "load_settings", "settings_table"]
