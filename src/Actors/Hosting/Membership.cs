using Akka.Actor;
using Akka.Cluster;
using Akka.Remote;
using Csp.Actors.Runs;

namespace Csp.Actors.Hosting;

/// <summary>
/// Who is in the cluster. The process that holds the run's lock decides: it removes members that have been unreachable for <c>stable-after</c>. A stand-by host
/// does so only when it gets that lock, that is, when the former holder is dead. A node removes nobody; when it has not reached any host for three times as long, or a host has
/// removed it, it leaves, and its process joins anew.
/// </summary>
/// <remarks>
/// Akka's own resolvers count members, and no count is right here: quorums end a single host whose nodes are gone or slow, and end both of two hosts when one dies.
/// The journal is what must not have two owners, so its lock is the arbiter.
/// </remarks>
internal sealed class MembershipProvider(ActorSystem system, Cluster cluster) : IDowningProvider
{
    /// <summary>The singleton may start at once on another host: it opens the journal only with the lock.</summary>
    public TimeSpan DownRemovalMargin => TimeSpan.Zero;

    public Props DowningActorProps
    {
        get
        {
            RunLock? owner = system.Settings.Setup.Get<RunLockSetup>() is { HasValue: true } setup ? setup.Value.Owner : null;
            double stableAfter = system.Settings.Config.GetTimeSpan("csp.membership.stable-after").TotalSeconds;
            return Props.Create(() => new Membership(cluster, owner, stableAfter));
        }
    }
}

internal sealed class Membership : ReceiveActor, IWithTimers
{
    private const double NodePatience = 3;
    private readonly Cluster _cluster;
    private readonly RunLock? _owner;
    private readonly double _stableAfter;
    private readonly Dictionary<UniqueAddress, double> _unreachable = [];
    private double _hostSeen = RunClock.Monotonic;

    /// <param name="cluster">Of this process.</param>
    /// <param name="owner">Null on nodes.</param>
    /// <param name="stableAfter">Seconds.</param>
    public Membership(Cluster cluster, RunLock? owner, double stableAfter)
    {
        (_cluster, _owner, _stableAfter) = (cluster, owner, stableAfter);
        Receive<Tick>(_ => OnTick());
        Receive<ThisActorSystemQuarantinedEvent>(OnQuarantined);
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        Timers.StartPeriodicTimer("tick", Tick.Instance, TimeSpan.FromSeconds(0.5));
        Context.System.EventStream.Subscribe(Self, typeof(ThisActorSystemQuarantinedEvent));
    }

    private void OnTick()
    {
        double now = RunClock.Monotonic;
        ClusterEvent.CurrentClusterState state = _cluster.State;
        foreach (Member member in state.Unreachable)
            _unreachable.TryAdd(member.UniqueAddress, now);
        foreach (UniqueAddress known in _unreachable.Keys.Where(k => !state.Unreachable.Any(m => m.UniqueAddress.Equals(k))).ToArray())
            _unreachable.Remove(known);
        if (_owner is not null)
            Remove(state, now);
        else
            Persevere(state, now);
    }

    private void Remove(ClusterEvent.CurrentClusterState state, double now)
    {
        foreach (Member member in state.Unreachable)
        {
            bool gone = now - _unreachable[member.UniqueAddress] > _stableAfter && member.Status is not (MemberStatus.Down or MemberStatus.Removed);
            if (!gone || !_owner!.TryTake())
                continue;
            Say($"{member.Address.Host}:{member.Address.Port} has been unreachable for {_stableAfter:F0} s and is removed from the cluster");
            _cluster.Down(member.Address);
        }
    }

    private void Persevere(ClusterEvent.CurrentClusterState state, double now)
    {
        bool joined = _cluster.SelfMember.Status is MemberStatus.Up or MemberStatus.WeaklyUp;
        if (!joined || state.Members.Any(m => m.HasRole(CspHosting.CoordinatorRole) && !state.Unreachable.Contains(m)))
            _hostSeen = now;
        else if (now - _hostSeen > NodePatience * _stableAfter)
            Leave($"no host has been reachable for {now - _hostSeen:F0} s");
    }

    private void OnQuarantined(ThisActorSystemQuarantinedEvent e)
    {
        if (_owner is null && _cluster.State.Members.Any(m => m.Address.Equals(e.RemoteAddress) && m.HasRole(CspHosting.CoordinatorRole)))
            Leave($"{e.RemoteAddress.Host}:{e.RemoteAddress.Port} had removed it");
    }

    private void Leave(string why)
    {
        Say($"this node leaves the cluster to join it anew: {why}");
        _cluster.Down(_cluster.SelfAddress);
    }

    private static void Say(string text) => Context.System.EventStream.Publish(new RunLogged(DateTimeOffset.UtcNow, "cluster", text, true));

    private sealed class Tick
    {
        public static readonly Tick Instance = new();
    }
}
