namespace Csp.Host.Configuration;

/// <summary>A configuration file cannot be used; the message names file, line and what is wrong, in one sentence.</summary>
public sealed class ConfigurationException : Exception
{
    public ConfigurationException(string path, int? line, string what, Exception? inner = null)
        : base(line is int l ? $"{path}, line {l}: {what}" : $"{path}: {what}", inner) => Line = line;

    /// <summary>1-based.</summary>
    public int? Line { get; }
}
