namespace Csp.Physics.Tests.FirstPrinciples;

/// <summary>A folder with a shell script in the place of pw.x, to see what the labeler makes of programs that misbehave.</summary>
internal sealed class FakePw : IDisposable
{
    public FakePw(string script)
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Program, $"#!/bin/sh\ncd \"$PWD\"\nif [ ! -s pw.in ]; then echo '     Program PWSCF v.6.7MaX starts on 1Jan2000'; exit 0; fi\necho x >> {Folder}/calls\n{script.Replace("$HERE", Folder)}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Gth, "H GTH-PBE-q1 GTH-PBE\n    1\n     0.20000000    2    -4.17890044     0.72446331\n    0\n");
    }

    public string Folder { get; } = Path.Combine(Path.GetTempPath(), $"csp-fake-pw-{Guid.NewGuid():N}");

    public string Program => Path.Combine(Folder, "pw.x");

    public string Gth => Path.Combine(Folder, "GTH");

    public string Scratch => Path.Combine(Folder, "scratch");

    public int Calls => File.Exists(Path.Combine(Folder, "calls")) ? File.ReadAllLines(Path.Combine(Folder, "calls")).Length : 0;

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
