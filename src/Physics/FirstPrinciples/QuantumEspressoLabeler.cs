using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Csp.Physics.Crystals;
using Csp.Physics.Files;

namespace Csp.Physics.FirstPrinciples;

/// <summary>
/// Labels from plane-wave DFT: Quantum ESPRESSO's pw.x with Goedecker-Teter-Hutter pseudopotentials and the PBE functional.
/// Every calculation is a process (group) in a scratch folder of its own; both are gone when the call returns, however it returns.
/// With a store (<see cref="QuantumEspressoSettings.StoreDirectory"/>) no structure is computed twice. Safe to call concurrently:
/// <see cref="QuantumEspressoSettings.ParallelJobs"/> calculations run at once, the others wait.
/// </summary>
public sealed class QuantumEspressoLabeler : ILabeler
{
    private readonly QuantumEspressoSettings _settings;
    private readonly Action<string>? _warn;
    private readonly GthLibrary _library;
    private readonly LabelStore? _store;
    private readonly SemaphoreSlim _slots;
    private readonly ScratchFolders _scratch;
    private readonly string _pw;

    /// <summary>Checks the settings, starts pw.x once to learn its version, and removes scratch folders of processes that are gone.</summary>
    /// <param name="settings">Checked by <see cref="QuantumEspressoSettings.Check"/>.</param>
    /// <param name="warn">Told of trouble that costs time but no label, such as a damaged file of the store.</param>
    /// <exception cref="LabelerSettingsException">Something is missing or out of range, or pw.x does not run.</exception>
    public QuantumEspressoLabeler(QuantumEspressoSettings settings, Action<string>? warn = null)
    {
        settings.Check();
        (_settings, _warn) = (settings, warn);
        _pw = settings.ResolvedPwPath;
        _library = GthLibrary.Read(settings.GthFile);
        _store = settings.StoreDirectory is string folder ? new LabelStore(folder, warn) : null;
        _slots = new SemaphoreSlim(settings.ParallelJobs);
        _scratch = new ScratchFolders(settings.WorkDirectory);
        _scratch.RemoveAbandoned();
        Version = ProbeVersion();
        SettingsHash = LabelKey.Hash(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"pw.x {Version}; PBE; mp; {settings.CutoffRy:R}; {settings.KSpacing:R}; {settings.SmearingRy:R}; {settings.ConvergenceRyPerAtom:R}; {QuantumEspressoInput.Scheme}; {_library.Fingerprint(settings.Valence)}")));
    }

    /// <summary>Of pw.x, as it prints it, e.g. <c>6.7MaX</c>.</summary>
    public string Version { get; }

    /// <inheritdoc/>
    public string SettingsHash { get; }

    /// <summary>Throws unless there is a pseudopotential for every one of these elements.</summary>
    /// <exception cref="LabelerSettingsException">Names the element.</exception>
    public void CheckElements(IEnumerable<Element> elements)
    {
        foreach (Element element in elements.Distinct())
            _ = PseudopotentialOf(element);
    }

    /// <inheritdoc/>
    public async Task<LabelOutcome> LabelAsync(Crystal crystal, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        string key = LabelKey.Of(crystal, SettingsHash);
        if (_store?.Find(key, crystal) is Label early)
            return early;
        await _slots.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // The same structure may have been in the queue before this one.
            if (_store?.Find(key, crystal) is Label known)
                return known;
            LabelOutcome outcome = await ComputeAsync(key, crystal, cancellation).ConfigureAwait(false);
            if (outcome is Label label)
                Keep(label);
            return outcome;
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<LabelOutcome> ComputeAsync(string key, Crystal crystal, CancellationToken cancellation)
    {
        Stopwatch clock = Stopwatch.StartNew();
        LabelFailed Failed(string reason) => new(key, reason, clock.Elapsed.TotalSeconds);
        try
        {
            GthPseudopotential[] species = [.. crystal.Elements.Distinct().OrderBy(e => e.Number).Select(PseudopotentialOf)];
            Crystal cell = ReducedCell.Of(crystal);
            KMesh mesh = KMesh.Of(cell.Lattice, _settings.KSpacing);
            string reason = "";
            for (int attempt = 0; attempt < _settings.Attempts; attempt++)
            {
                using ScratchFolder folder = _scratch.Create();
                foreach (GthPseudopotential p in species)
                    File.WriteAllText(Path.Combine(folder.Path, QuantumEspressoInput.PseudopotentialFile(p)), p.ToAbinit());
                switch (await AttemptAsync(folder.Path, cell, species, mesh, ScfAttempt.Ladder[attempt], clock, cancellation).ConfigureAwait(false))
                {
                    case QuantumEspressoOutput.Converged c:
                        return new Label(key, crystal, c.Energy, c.Forces, c.Stress, new LabelProvenance(
                            "Quantum ESPRESSO pw.x", c.Version, _settings.CutoffRy, mesh.ToString(),
                            string.Join("; ", species.Select(p => $"{p.Element} {p.Name}")), clock.Elapsed.TotalSeconds, attempt + 1, FromStore: false));
                    case QuantumEspressoOutput.Failed f when !f.Retry:
                        return Failed(f.Reason);
                    case QuantumEspressoOutput.Failed f:
                        reason = f.Reason;
                        break;
                }
            }
            return Failed($"{reason} ({_settings.Attempts} attempts)");
        }
        catch (LabelerSettingsException e)
        {
            return Failed(e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return Failed($"pw.x could not be run: {e.Message}");
        }
    }

    private async Task<QuantumEspressoOutput> AttemptAsync(
        string folder, Crystal cell, GthPseudopotential[] species, KMesh mesh, ScfAttempt attempt, Stopwatch clock, CancellationToken cancellation)
    {
        ScfStage[] stages = attempt.SteppingStone is null ? [ScfStage.Whole] : [ScfStage.SteppingStone, ScfStage.FromDensity];
        int bands = QuantumEspressoInput.FirstBands(cell, species, _settings.SmearingRy);
        for (int i = 0; ; i++)
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder, "pw.in"), QuantumEspressoInput.Format(cell, species, mesh, _settings, attempt, stages[i], bands), cancellation).ConfigureAwait(false);
            ChildResult end = await RunPwAsync(folder, mesh, _settings.Timeout - clock.Elapsed, cancellation).ConfigureAwait(false);
            QuantumEspressoOutput output = Judge(end, cell.Count);
            // The wide smearing of a stepping stone reaches further up: its density does without the highest bands.
            if (stages[i] == ScfStage.SteppingStone && output is QuantumEspressoOutput.TooFewBands or QuantumEspressoOutput.Converged)
                continue;
            if (output is not QuantumEspressoOutput.TooFewBands)
                return output;
            (bands, i) = (bands + 2 + bands / 4, -1);
        }
    }

    private QuantumEspressoOutput Judge(ChildResult end, int atoms)
    {
        if (end.TimedOut)
            return new QuantumEspressoOutput.Failed($"the calculation was stopped after {_settings.Timeout.TotalSeconds:F0} s, its time limit", Retry: false);
        if (end.ExitCode == 137)
            return new QuantumEspressoOutput.Failed("pw.x was killed from outside (signal 9), probably for want of memory", Retry: false);
        if (end.ExitCode > 128)
            return new QuantumEspressoOutput.Failed($"pw.x crashed (signal {end.ExitCode - 128})", Retry: true);
        return QuantumEspressoOutput.Parse(end.Output, atoms) switch
        {
            QuantumEspressoOutput.Failed f when end.ExitCode is 126 or 127 =>
                new QuantumEspressoOutput.Failed($"pw.x could not be started: {end.Errors.Trim()}", Retry: false),
            var output => output,
        };
    }

    private Task<ChildResult> RunPwAsync(string folder, KMesh mesh, TimeSpan timeout, CancellationToken cancellation)
    {
        int n = _settings.ProcessesPerJob;
        // A pool without a k-point is an error of pw.x; symmetry and time reversal leave at least one in 96.
        bool pools = mesh.A * mesh.B * mesh.C >= 96 * n;
        string[] command = n == 1
            ? [_pw, "-in", "pw.in"]
            : [_settings.MpirunPath, "-np", $"{n}", "--bind-to", "none", "--oversubscribe", _pw, .. pools ? ["-nk", $"{n}"] : Array.Empty<string>(), "-in", "pw.in"];
        return ChildProcess.RunAsync(command, folder, PwEnvironment.For(n, folder), _settings.Niceness, timeout, cancellation);
    }

    private string ProbeVersion()
    {
        using ScratchFolder folder = _scratch.Create();
        try
        {
            // Without input pw.x prints its banner and stops.
            File.WriteAllText(Path.Combine(folder.Path, "pw.in"), "");
            ChildResult end = Task.Run(() => ChildProcess.RunAsync(
                [_pw, "-in", "pw.in"], folder.Path, PwEnvironment.For(1, folder.Path), 0, TimeSpan.FromSeconds(60), CancellationToken.None)).GetAwaiter().GetResult();
            return QuantumEspressoOutput.VersionOf(end.Output)
                ?? throw new LabelerSettingsException($"{_pw} does not run as Quantum ESPRESSO's pw.x: {LastLine(end.Errors) ?? LastLine(end.Output) ?? $"exit code {end.ExitCode}"}");
        }
        catch (Win32Exception e)
        {
            throw new LabelerSettingsException($"{_pw} could not be started: {e.Message}", e);
        }
    }

    private void Keep(Label label)
    {
        try
        {
            _store?.Add(label);
        }
        catch (StructureFileException e)
        {
            _warn?.Invoke(e.Message);
        }
    }

    private GthPseudopotential PseudopotentialOf(Element element) =>
        _library.Find(element, _settings.Valence.TryGetValue(element.Symbol, out int q) ? q : null);

    private static string? LastLine(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault();
}
