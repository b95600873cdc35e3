using Akka.Actor;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Population;
using Csp.Actors.Runs;
using Csp.Actors.Telemetry;
using Csp.Physics.Crystals;
using Csp.Physics.Sscha;
using Csp.Physics.Symmetry;

namespace Csp.Actors.Ensembles;

/// <summary>From the director: a free energy of this cell by the newest model; answered with <see cref="FreeEnergyDone"/>.</summary>
internal sealed record FreeEnergyWanted(ulong Structure, Crystal Cell, bool Final);

internal sealed record FreeEnergyDone(ulong Structure, Crystal Cell, bool Final, int Model, FreeEnergy Result, SschaResult? Full);

/// <summary>From a calculation's thread: evaluate these copies on the ensemble slots of the cluster.</summary>
internal sealed record EvaluateCopies(int Calculation, Crystal Supercell, ReadOnlyMemory<double> Positions, TaskCompletionSource<EnsembleForces> Answer);

internal sealed record CalculationReport(int Calculation, SschaProgress Progress);

internal sealed record CalculationEnded(int Calculation, SschaResult? Result, string? Error);

/// <summary>
/// SSCHA calculations, one at a time: the minimisation runs on a thread of its own in this process, its force evaluations go as chunks to all ensemble
/// slots of the cluster and come back in any order; a chunk of a lost node is done again by another.
/// </summary>
internal sealed class EnsemblesActor : MeteredActor
{
    /// <summary>Of positions in one message.</summary>
    private const int MaxChunkBytes = 40 * 1024;

    private readonly RunSettings _run;
    private readonly Queue<(FreeEnergyWanted Wanted, IActorRef Asker)> _queue = new();
    private readonly Dictionary<string, (Batch Batch, int Index)> _chunks = [];
    private readonly Dictionary<ulong, EnsembleStatus> _status = [];
    private RunActors _actors = null!;
    private ModelInfo? _model;
    private Calculation? _current;
    private int _count;
    private long _epoch;
    private int _chunkCount;

    public EnsemblesActor(RunSettings run)
        : base("ensembles")
    {
        _run = run;
        Receive<Begin>(m => (_actors, _epoch) = (m.Actors, m.Epoch));
        Receive<ModelReady>(m => _model = m.Info);
        Receive<PoolHead>(_ => { });
        Receive<FreeEnergyWanted>(m =>
        {
            _queue.Enqueue((m, Sender));
            if (m.Final && _current is { Wanted.Final: false } early)
                early.Stop.Cancel();
            Next();
        });
        Receive<EvaluateCopies>(Split);
        Receive<JobDone>(OnChunk);
        Receive<CalculationReport>(OnReport);
        Receive<CalculationEnded>(OnEnded);
        Receive<Recorded>(_ => { });
    }

    public static Props Props(RunSettings run) => Akka.Actor.Props.Create(() => new EnsemblesActor(run));

    protected override void PostStop() => _current?.Stop.Cancel();

    private void Next()
    {
        if (_current is not null || _model is not ModelInfo model || !_queue.TryDequeue(out (FreeEnergyWanted Wanted, IActorRef Asker) next))
            return;
        FreeEnergyWanted wanted = next.Wanted;
        string group = Spglib.SpaceGroupOf(wanted.Cell, 0.01).Symbol;
        _current = new Calculation(++_count, wanted, next.Asker, model, group);
        Log($"SSCHA of s{wanted.Structure} ({group}, {wanted.Cell.Count} atoms, model {model.Version}) started");
        Show(_current, "running", null);
        SschaSettings settings = SettingsOf(wanted, model);
        IActorRef self = Self;
        int number = _current.Number;
        Crystal cell = wanted.Cell;
        CancellationToken stop = _current.Stop.Token;
        BrokerEvaluator evaluator = new(number, self);
        ActorProgress progress = new(number, self);
        CalculationThread.Start($"sscha-{number}", () => SschaCalculation.RunAsync(cell, evaluator, settings, progress, stop)).ContinueWith(
            t => self.Tell(t.IsCompletedSuccessfully
                ? new CalculationEnded(number, t.Result, null)
                : new CalculationEnded(number, null, (t.Exception?.GetBaseException() ?? new OperationCanceledException("the run was stopped")).Message)),
            TaskScheduler.Default);
    }

    private SschaSettings SettingsOf(FreeEnergyWanted wanted, ModelInfo model)
    {
        string folder = Path.Combine(RunJournal.EnsemblesOf(_run.RunFolder), $"s{wanted.Structure}-v{model.Version}-{Csp.Physics.FirstPrinciples.LabelKey.Of(wanted.Cell, "")[..8]}");
        Directory.CreateDirectory(folder);
        return new SschaSettings
        {
            Supercell = (_run.Sscha.Supercell[0], _run.Sscha.Supercell[1], _run.Sscha.Supercell[2]),
            TemperatureK = _run.Sscha.TemperatureK,
            PressureGPa = _run.PressureGPa,
            PopulationSize = _run.Sscha.Population,
            MaxPopulations = _run.Sscha.MaxIterations,
            StateFolder = folder,
            Seed = _run.Seed + wanted.Structure,
        };
    }

    private void Split(EvaluateCopies work)
    {
        if (_current is not Calculation current || current.Number != work.Calculation)
        {
            work.Answer.TrySetCanceled();
            return;
        }
        int size = 3 * work.Supercell.Count, copies = work.Positions.Length / size;
        int perChunk = CopiesPerChunk(size, copies);
        Batch batch = new(copies, size, perChunk, work.Answer);
        for (int i = 0; i < batch.Chunks; i++)
        {
            int start = i * perChunk, n = Math.Min(perChunk, copies - start);
            string id = $"chunk-{_epoch}-{++_chunkCount}";
            _chunks[id] = (batch, i);
            _actors.Broker.Tell(new SubmitJob(
                new ChunkJob(id, current.Model.Version, current.Model.Sha, work.Supercell, work.Positions.Slice(start * size, n * size).ToArray()), current.Wanted.Final ? 1 : 0));
        }
    }

    /// <param name="size">Coordinates of one copy.</param>
    /// <param name="copies">Of the whole evaluation.</param>
    internal static int CopiesPerChunk(int size, int copies) => Math.Clamp(MaxChunkBytes / (size * sizeof(double)), 1, Math.Max(1, (copies + 7) / 8));

    private void OnChunk(JobDone done)
    {
        string id = done.Result.Id;
        bool failed = done.Result is not ChunkResult;
        if (_chunks.Remove(id, out (Batch Batch, int Index) chunk))
        {
            if (done.Result is ChunkResult result)
                chunk.Batch.Put(chunk.Index, result);
            else
                chunk.Batch.Answer.TrySetException(new Csp.Physics.Potentials.PotentialException(((JobError)done.Result).Reason));
        }
        _actors.Broker.Tell(new JobSettled(id, failed));
    }

    private void OnReport(CalculationReport report)
    {
        if (_current is Calculation c && c.Number == report.Calculation)
            Show(c, "running", report.Progress);
    }

    private void OnEnded(CalculationEnded ended)
    {
        if (_current is not Calculation c || c.Number != ended.Calculation)
            return;
        _current = null;
        string[] orphans = [.. _chunks.Keys];
        _chunks.Clear();
        if (orphans.Length > 0)
            _actors.Broker.Tell(new CancelJobs([.. orphans]));
        int atoms = c.Wanted.Cell.Count;
        FreeEnergy energy = ended.Result is SschaResult r ? EnergyOf(r, c.Group, atoms) : new FreeEnergy(ended.Error ?? "failed") { SpaceGroup = c.Group };
        Log(ended.Result is SschaResult ok
            ? FormattableString.Invariant($"SSCHA of s{c.Wanted.Structure} ({c.Group}): F+PV = {energy.PerAtom:F4} ± {energy.Error:F4} eV/atom, lowest {energy.LowestFrequency:F0} cm^-1, {(energy.Stable == true ? "stable" : "not stable")}, {ok.Populations} populations")
            : $"SSCHA of s{c.Wanted.Structure} ({c.Group}) failed: {ended.Error}", warning: ended.Result is null);
        Show(c, ended.Result is null ? energy.State : "done", null);
        _actors.Coordinator.Tell(new Record(new EnsembleDone(
            RunClock.Now, c.Wanted.Structure, c.Model.Version, c.Wanted.Final, c.Wanted.Cell, System.Text.Json.JsonSerializer.Serialize(energy))));
        c.Asker.Tell(new FreeEnergyDone(c.Wanted.Structure, c.Wanted.Cell, c.Wanted.Final, c.Model.Version, energy, ended.Result));
        Next();
    }

    private static FreeEnergy EnergyOf(SschaResult r, string group, int atoms)
    {
        double[] frequencies = [.. r.AuxiliaryFrequencies.SelectMany(q => q).Where(w => Math.Abs(w) > 1).Order()];
        double lowest = r.LowestHessianFrequency ?? frequencies.FirstOrDefault();
        return new FreeEnergy("done", (r.GibbsEv ?? r.FreeEnergyEv) / atoms, r.FreeEnergyErrorEv / atoms, r.Stable ?? lowest > 0, lowest)
        {
            SpaceGroup = group,
            PressureGPa = r.PressureGPa.Trace / 3,
            Frequencies = [.. frequencies],
            Converged = r.Converged,
        };
    }

    private void Show(Calculation c, string state, SschaProgress? progress)
    {
        int atoms = c.Wanted.Cell.Count;
        EnsembleStatus? before = _status.GetValueOrDefault(c.Wanted.Structure);
        bool same = before?.ModelVersion == c.Model.Version;
        _status[c.Wanted.Structure] = new EnsembleStatus(
            $"s{c.Wanted.Structure}", c.Group, state, progress?.Population ?? (same ? before!.Population : 0), progress?.Evaluations ?? (same ? before!.Evaluations : 0),
            progress is null ? (same ? before!.FreeEnergyEv : null) : progress.FreeEnergyEv / atoms,
            progress is null ? (same ? before!.ErrorEv : null) : progress.FreeEnergyErrorEv / atoms,
            progress?.GradientOverError ?? (same ? before!.GradientOverError : null), c.Model.Version);
        _actors.Coordinator.Tell(new EnsemblePart([.. _status.Values]));
    }

    private sealed record Calculation(int Number, FreeEnergyWanted Wanted, IActorRef Asker, ModelInfo Model, string Group)
    {
        public CancellationTokenSource Stop { get; } = new();
    }

    /// <summary>The chunks of one evaluation on their way back.</summary>
    private sealed class Batch(int copies, int size, int perChunk, TaskCompletionSource<EnsembleForces> answer)
    {
        private readonly double[] _energies = new double[copies];
        private readonly double[] _forces = new double[copies * size];
        private readonly double[] _stresses = new double[copies * 9];
        private int _missing = (copies + perChunk - 1) / perChunk;

        public int Chunks { get; } = (copies + perChunk - 1) / perChunk;

        public TaskCompletionSource<EnsembleForces> Answer { get; } = answer;

        public void Put(int index, ChunkResult result)
        {
            int start = index * perChunk;
            result.Energies.CopyTo(_energies, start);
            result.Forces.CopyTo(_forces, start * size);
            result.Stresses.CopyTo(_stresses, start * 9);
            if (--_missing == 0)
                Answer.TrySetResult(new EnsembleForces(_energies, _forces, _stresses));
        }
    }

    private sealed class BrokerEvaluator(int calculation, IActorRef ensembles) : IEnsembleEvaluator
    {
        public async Task<EnsembleForces> EvaluateAsync(Crystal supercell, ReadOnlyMemory<double> positions, CancellationToken cancellation)
        {
            TaskCompletionSource<EnsembleForces> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
            ensembles.Tell(new EvaluateCopies(calculation, supercell, positions, answer));
            return await answer.Task.WaitAsync(cancellation);
        }
    }

    private sealed class ActorProgress(int calculation, IActorRef ensembles) : IProgress<SschaProgress>
    {
        public void Report(SschaProgress value) => ensembles.Tell(new CalculationReport(calculation, value));
    }
}
