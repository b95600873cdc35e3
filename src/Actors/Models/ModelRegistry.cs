using Akka.Actor;
using Csp.Actors.Jobs;
using Csp.Actors.Runs;
using Csp.Actors.Telemetry;
using Csp.Learning.Inference;
using Csp.Learning.Training;

namespace Csp.Actors.Models;

/// <summary>A model as the journal knows it.</summary>
internal sealed record ModelInfo(
    int Version, string Sha, int Bytes, int Labels, FitErrors Training, FitErrors HoldOut, int Epochs, double Seconds)
{
    public static ModelInfo Of(ModelPublished e) => new(e.Version, e.Sha, e.Bytes, e.Labels, e.Training, e.HoldOut, e.Epochs, e.Seconds);
}

/// <summary>A version is durable and can be fetched; sent to every actor of the run.</summary>
internal sealed record ModelReady(ModelInfo Info);

/// <summary>From training: fetch this fitted model from its worker and publish it.</summary>
internal sealed record AdoptModel(TrainResult Result, IActorRef Worker);

/// <summary>The fitted model could not be fetched (its worker is gone).</summary>
internal sealed record AdoptionFailed(TrainResult Result, string Reason);

/// <summary>Keep these bytes for whoever asks for them by hash.</summary>
internal sealed record Shelve(byte[] Bytes);

/// <summary>
/// Versions of the model: fetches a fitted one from the worker that made it, keeps it as a file of the run folder, and hands it out in chunks to every
/// node that asks by hash (each node asks once).
/// </summary>
internal sealed class ModelRegistry : MeteredActor
{
    private readonly RunSettings _run;
    private readonly BlobShelf _shelf = new();
    private readonly Dictionary<string, AdoptModel> _fetching = [];
    private RunActors _actors = null!;
    private int _newest;

    public ModelRegistry(RunSettings run)
        : base("models")
    {
        _run = run;
        Receive<Begin>(OnBegin);
        Receive<GetBlob>(OnGetBlob);
        Receive<Shelve>(m => _shelf.Add(m.Bytes));
        Receive<AdoptModel>(OnAdopt);
        Receive<BlobFetch.Fetched>(OnFetched);
        Receive<BlobFetch.NotFetched>(OnNotFetched);
        Receive<Recorded>(m => Announce(ModelInfo.Of((ModelPublished)m.Event)));
    }

    public static Props Props(RunSettings run) => Akka.Actor.Props.Create(() => new ModelRegistry(run));

    private void OnBegin(Begin begin)
    {
        _actors = begin.Actors;
        Directory.CreateDirectory(RunJournal.ModelsOf(_run.RunFolder));
        ModelPublished? newest = null;
        foreach (ModelPublished e in begin.History.OfType<ModelPublished>())
        {
            _shelf.Add(File.ReadAllBytes(RunJournal.ModelFileOf(_run.RunFolder, e.Version)));
            if (newest is null || e.Version > newest.Version)
                newest = e;
        }
        if (newest is not null)
            Announce(ModelInfo.Of(newest));
        else if (_run.Training.Parent is string parent)
            PublishParent(File.ReadAllBytes(parent));
    }

    private void PublishParent(byte[] bytes)
    {
        ModelProvenance? provenance = ModelFile.Recognizes(bytes) ? ModelFile.FromBytes(bytes).Header.Provenance : null;
        FitErrors training = provenance is null ? FitErrors.Unknown : FitErrors.Of(provenance.Training);
        FitErrors holdOut = provenance is null ? FitErrors.Unknown : FitErrors.Of(provenance.HoldOut);
        Write(1, bytes);
        _actors.Coordinator.Tell(new Record(new ModelPublished(RunClock.Now, null, 1, _shelf.Add(bytes), bytes.Length, 0, training, holdOut, 0, 0)));
    }

    private void OnGetBlob(GetBlob wanted)
    {
        if (_shelf.Chunk(wanted) is BlobChunk chunk)
        {
            CspMeter.BlobBytes.Add(chunk.Bytes.Length);
            Sender.Tell(chunk);
        }
        else
        {
            Sender.Tell(new BlobMissing(wanted.Sha));
        }
    }

    private void OnAdopt(AdoptModel adopt)
    {
        if (_fetching.TryAdd(adopt.Result.Model, adopt))
            Context.ActorOf(BlobFetch.Props(adopt.Result.Model, adopt.Worker));
    }

    private void OnFetched(BlobFetch.Fetched fetched)
    {
        if (!_fetching.Remove(fetched.Sha, out AdoptModel? adopt))
            return;
        TrainResult r = adopt.Result;
        Write(r.Version, fetched.Bytes);
        _shelf.Add(fetched.Bytes);
        _actors.Coordinator.Tell(new Record(new ModelPublished(
            RunClock.Now, r.Id, r.Version, r.Model, fetched.Bytes.Length, r.Labels, r.Training, r.HoldOut, r.Epochs, r.Seconds)));
    }

    private void OnNotFetched(BlobFetch.NotFetched failure)
    {
        if (_fetching.Remove(failure.Sha, out AdoptModel? adopt))
            _actors.Training.Tell(new AdoptionFailed(adopt.Result, failure.Reason));
    }

    private void Write(int version, byte[] bytes)
    {
        string path = RunJournal.ModelFileOf(_run.RunFolder, version);
        using (FileStream stream = new(path + ".tmp", FileMode.Create))
        {
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private void Announce(ModelInfo info)
    {
        if (info.Version <= _newest)
            return;
        _newest = info.Version;
        string errors = double.IsNaN(info.HoldOut.EnergyMaeMev)
            ? "hold-out errors unknown"
            : FormattableString.Invariant($"hold-out {info.HoldOut.EnergyMaeMev:F1} meV/atom, {info.HoldOut.ForceMae:F3} eV/Å, {info.HoldOut.StressMaeGPa:F1} GPa");
        string fit = info.Epochs == 0 ? "given" : FormattableString.Invariant($"fitted in {info.Seconds:F0} s, {info.Epochs} epochs");
        Log($"model {info.Version} published: {info.Labels} labels, {errors}; {fit}");
        ModelReady ready = new(info);
        foreach (IActorRef actor in (IActorRef[])[_actors.Broker, _actors.Population, _actors.Training, _actors.Ensembles, _actors.Director])
            actor.Tell(ready);
    }
}
