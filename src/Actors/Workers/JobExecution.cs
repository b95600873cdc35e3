using System.Diagnostics;
using Csp.Actors.Jobs;
using Csp.Actors.Models;
using Csp.Actors.Population;
using Csp.Actors.Training;
using Csp.Learning.Training;
using Csp.Physics.FirstPrinciples;
using Csp.Physics.Potentials;
using Csp.Physics.Relaxation;

namespace Csp.Actors.Workers;

/// <summary>What an agent does its jobs with. Called from several threads.</summary>
internal interface IJobExecution
{
    IJobResult Run(IJob job, IReadOnlyDictionary<string, byte[]> blobs, BlobShelf shelf, Action<TrainingReport> report, CancellationToken cancellation);

    Task<IJobResult> LabelAsync(LabelJob job, CancellationToken cancellation);
}

/// <summary>From a job to its result by pure functions of Physics and Learning; no actor in sight. A job that cannot be done is a <see cref="JobError"/>.</summary>
internal sealed class JobExecution(JobContext context, string worker) : IJobExecution
{
    /// <param name="job">Relax, train or chunk; labels go through <see cref="LabelAsync"/>.</param>
    /// <param name="blobs">Bytes by hash of everything in <see cref="BlobsOf"/>.</param>
    /// <param name="shelf">Takes the bytes of a fitted model.</param>
    /// <param name="report">Progress of a fit.</param>
    /// <param name="cancellation">Throws out of here.</param>
    public IJobResult Run(IJob job, IReadOnlyDictionary<string, byte[]> blobs, BlobShelf shelf, Action<TrainingReport> report, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            return job switch
            {
                RelaxJob relax => Relax(relax, context.Potential(relax.ModelSha, blobs[relax.ModelSha]), start, cancellation),
                ChunkJob chunk => Evaluate(chunk, context.Potential(chunk.ModelSha, blobs[chunk.ModelSha]), start),
                TrainJob train => Train(train, blobs, shelf, report, start, cancellation),
                _ => throw new InvalidOperationException($"{job.GetType()} is no job for a compute slot"),
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One bad job must not take the slot with it: the reason goes to the journal.
            return Error(job, Sentence(e), start, retry: e is OutOfMemoryException or IOException);
        }
    }

    /// <summary>Hashes of the blobs that a job needs.</summary>
    public static string[] BlobsOf(IJob job) => job switch
    {
        RelaxJob relax => [relax.ModelSha],
        ChunkJob chunk => [chunk.ModelSha],
        TrainJob { Parent: string parent } train => [train.Data, parent],
        TrainJob train => [train.Data],
        _ => [],
    };

    /// <summary>Enthalpy above the best at which a label counts half in a fit, eV/atom: random crystals are up to several eV above.</summary>
    private const double FocusScale = 0.3;

    public async Task<IJobResult> LabelAsync(LabelJob job, CancellationToken cancellation)
    {
        long start = Stopwatch.GetTimestamp();
        try
        {
            LabelOutcome outcome = await Task.Run(() => context.Labeler.LabelAsync(job.Crystal, cancellation), cancellation).ConfigureAwait(false);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            return outcome switch
            {
                Label label => new LabelResult(
                    job.Id, worker, seconds, label.Key, label.Crystal, label.Energy, label.Forces, label.Stress,
                    new LabelSource(
                        label.Provenance.Code, label.Provenance.Version, label.Provenance.CutoffRy, label.Provenance.KPoints, label.Provenance.Pseudopotentials,
                        label.Provenance.WallSeconds, label.Provenance.Attempts, label.Provenance.FromStore),
                    null, job.Purpose, job.Source),
                LabelFailed failed => new LabelResult(job.Id, worker, seconds, failed.Key, job.Crystal, 0, [], default, null, failed.Reason, job.Purpose, job.Source),
                _ => throw new InvalidOperationException($"{outcome.GetType()} is no outcome of a label"),
            };
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Error(job, Sentence(e), start, retry: e is LabelerSettingsException or IOException);
        }
    }

    private RelaxResult Relax(RelaxJob job, IPotential potential, long start, CancellationToken cancellation)
    {
        RelaxationOutcome outcome = CrystalRelaxer.Relax(job.Start, potential, SearchPlanning.RelaxationOf(context.Run, job.Mode), cancellation);
        return new RelaxResult(
            job.Id, worker, Stopwatch.GetElapsedTime(start).TotalSeconds, job.Structure, job.Model, outcome.Status, outcome.Crystal, outcome.EnthalpyPerAtom,
            outcome.Result?.Uncertainty, outcome.Evaluations, outcome.Reason, job.Lineage, job.Mode, job.Rescore);
    }

    private ChunkResult Evaluate(ChunkJob job, IPotential potential, long start)
    {
        int size = 3 * job.Supercell.Count, copies = job.Positions.Length / size;
        double[] energies = new double[copies], forces = new double[copies * size], stresses = new double[9 * copies];
        potential.EvaluateCopies(job.Supercell, job.Positions, energies, forces, stresses);
        return new ChunkResult(job.Id, worker, Stopwatch.GetElapsedTime(start).TotalSeconds, energies, forces, stresses);
    }

    private TrainResult Train(
        TrainJob job, IReadOnlyDictionary<string, byte[]> blobs, BlobShelf shelf, Action<TrainingReport> report, long start, CancellationToken cancellation)
    {
        Csp.Actors.Runs.TrainingPlan plan = context.Run.Training;
        TrainingSettings settings = TrainingSettings.Default with
        {
            MaxEpochs = plan.Epochs,
            MaxSeconds = plan.MaxTime.TotalSeconds,
            HoldOut = plan.HoldOut,
            KeepLast = true,
            Focus = new TrainingFocus(context.Run.PressureGPa, FocusScale),
        };
        TrainingRequest request = new(
            [.. FrameData.Unpack(blobs[job.Data]).Select(f => f.ToFrame())], job.Parent is null ? null : blobs[job.Parent], settings, job.Seed);
        TrainingResult result = PotentialTrainer.Train(request, new Reporter(job.Id, report), cancellation);
        return new TrainResult(
            job.Id, worker, Stopwatch.GetElapsedTime(start).TotalSeconds, job.Version, shelf.Add(result.ModelBytes), result.ModelBytes.Length, job.Labels,
            FitErrors.Of(result.Training), FitErrors.Of(result.HoldOut), result.Epochs);
    }

    private JobError Error(IJob job, string reason, long start, bool retry) =>
        new(job.Id, worker, Stopwatch.GetElapsedTime(start).TotalSeconds, reason, retry, (byte)JobKinds.Of(job));

    /// <summary>Messages of our own exceptions are sentences; others get their type, which is what a developer needs.</summary>
    private static string Sentence(Exception e) => e.GetType().Namespace?.StartsWith("Csp", StringComparison.Ordinal) == true ? e.Message : $"{e.GetType().Name}: {e.Message}";

    /// <summary>At most one report a second.</summary>
    private sealed class Reporter(string job, Action<TrainingReport> report) : IProgress<TrainingProgress>
    {
        private long _last;

        public void Report(TrainingProgress value)
        {
            if (_last != 0 && Stopwatch.GetElapsedTime(_last).TotalSeconds < 1)
                return;
            _last = Stopwatch.GetTimestamp();
            report(new TrainingReport(job, value.Epoch, value.Epochs, value.Loss, value.HoldOut.EnergyMaeMev, value.Seconds));
        }
    }
}
