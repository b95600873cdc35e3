namespace Csp.Learning.Checkpoints;

/// <summary>A weights file cannot be used; the message names the file and what is wrong in one sentence, whatever names the file holds.</summary>
public sealed class CheckpointException(string path, string what, Exception? inner = null) : Exception($"{path}: {UntrustedText.Shown(what)}", inner);
