namespace Csp.Actors.Runs;

/// <summary>Puts the parts of a status together.</summary>
internal static class RunPicture
{
    public static RunStatus Of(RunSettings run, IReadOnlyDictionary<Type, IStatusPart> parts, IEnumerable<ActorStatus> actors)
    {
        DirectorPart? director = Part<DirectorPart>();
        SearchPart? search = Part<SearchPart>();
        BrokerPart? broker = Part<BrokerPart>();
        ModelStatus? model = Part<ModelPart>()?.Newest;
        return new RunStatus
        {
            Phase = director?.Phase ?? "starting",
            Elapsed = director?.Elapsed ?? TimeSpan.Zero,
            Structures = search?.Counts ?? new StructureCounts(0, 0, 0, 0, run.Search.Structures),
            Labels = Part<LabelPart>()?.Counts ?? new LabelCounts(0, 0, 0, 0, 0, run.Labels.Budget),
            Model = model is null ? null : model with { RankingVersion = search?.RankingVersion ?? 0, Rescored = search?.Rescored ?? 0 },
            Best = search?.Best ?? [],
            Workers = broker?.Workers ?? [],
            Queues = broker?.Queues ?? [],
            InProgress = broker?.InProgress ?? "",
            Fit = Part<ModelPart>()?.Fit,
            Formula = run.Formula,
            PressureGPa = run.PressureGPa,
            Ensembles = Part<EnsemblePart>()?.Calculations ?? [],
            Actors = [.. actors.Where(a => a.Name != "worker"), .. broker?.Agents ?? []],
            Remarks = director?.Remarks ?? [],
            At = DateTimeOffset.UtcNow,
        };

        T? Part<T>()
            where T : class, IStatusPart => parts.TryGetValue(typeof(T), out IStatusPart? part) ? (T)part : null;
    }
}
