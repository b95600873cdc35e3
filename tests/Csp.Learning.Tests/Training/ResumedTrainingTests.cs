using System.Text;
using Csp.Learning.Training;
using Csp.Physics.Files;
using Csp.Physics.Potentials;

namespace Csp.Learning.Tests.Training;

/// <summary>A training that goes on from a state is the one that was never interrupted.</summary>
public class ResumedTrainingTests
{
    // The hold-out is best long before the end, so what was best must survive the interruption too.
    private static readonly TrainingSettings Settings = TrainingSettings.Default with
    {
        MaxEpochs = 40,
        EvaluateEvery = 2,
        LearningRate = 0.3,
        FinalLearningRate = 1,
        Ema = 0.3,
        HoldOut = 0.3,
        ForceUnit = 0.02,
        Patience = 4,
    };

    private static readonly TrainingRequest Request = new(MorseCrystals.Labelled(14), null, Settings, 5);

    private static readonly (TrainingResult Result, TrainingState[] States) Whole = Kept(Request);

    [Fact]
    public void Same_bytes_from_the_first_state_one_in_the_middle_and_the_last()
    {
        foreach (TrainingState state in new[] { Whole.States[0], Whole.States[Whole.States.Length / 2], Whole.States[^1] })
        {
            TrainingResult resumed = Train(Request with { State = state });
            Assert.Equal(Whole.Result.ModelBytes, resumed.ModelBytes);
            Assert.Equal(Whole.Result.HoldOutBefore, resumed.HoldOutBefore);
            Assert.Equal(Whole.Result.Epochs, resumed.Epochs);
        }
        // It ended early, and weights of an earlier epoch than the last won.
        Assert.InRange(Whole.Result.Epochs, 4, 38);
    }

    [Fact]
    public void Same_bytes_with_a_parent_frozen_weights_replay_and_lessons()
    {
        Frame[] others = MorseCrystals.Labelled(20)[14..];
        TrainingRequest request = Request with
        {
            ParentModel = Whole.Result.ModelBytes,
            Settings = Settings with { Frozen = ["w1"], RefitReferences = true, MaxEpochs = 4 },
            Replay = [.. others[..3].Select(f => f.Crystal)],
            Taught = others[3..],
        };
        (TrainingResult whole, TrainingState[] states) = Kept(request);
        Assert.Equal(whole.ModelBytes, Train(request with { State = states[1] }).ModelBytes);
        Assert.Contains("\"ModelLabelledStructures\":6", Encoding.UTF8.GetString(whole.ModelBytes));
        Refused(request with { State = states[1], Taught = others[4..] }, "other data");
        Refused(request with { State = states[1], Replay = [] }, "other data");
        Refused(request with { State = states[1], ParentModel = Train(Request with { Seed = 9 }).ModelBytes }, "other data");
    }

    [Fact]
    public void Threads_and_time_may_change_and_nothing_else()
    {
        TrainingState state = Whole.States[1];
        Train(Request with { State = state, Settings = Settings with { Threads = 2, MaxSeconds = 1000 } });
        Refused(Request with { State = state, Seed = 6 }, "seed");
        Refused(Request with { State = state, Data = MorseCrystals.Labelled(13) }, "other data");
        Refused(Request with { State = state, Data = [.. Request.Data.Select((f, i) => i == 3 ? f with { Energy = f.Energy + 0.01 } : f)] }, "other data");
        Refused(Request with { State = state, Settings = Settings with { LearningRate = 0.04 } }, "settings");
        Refused(Request with { State = state, Settings = Settings with { EnergyUnit = 0.02 } }, "settings");
    }

    [Fact]
    public void A_damaged_state_is_one_clear_sentence()
    {
        byte[] bytes = Whole.States[^1].Bytes;
        Random random = new(4);
        for (int round = 0; round < 12; round++)
        {
            byte[] damaged = round % 2 == 0 ? bytes[..random.Next(bytes.Length)] : [.. bytes];
            if (round % 2 == 1)
                damaged[random.Next(bytes.Length)] ^= (byte)(1 + random.Next(255));
            Refused(Request with { State = new TrainingState(damaged) }, "the training cannot be resumed");
        }
        Refused(Request with { State = new TrainingState([]) }, "no training state");
    }

    private static void Refused(TrainingRequest request, string said)
    {
        string message = Assert.Throws<PotentialException>(() => Train(request)).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private static TrainingResult Train(TrainingRequest request) => PotentialTrainer.Train(request, new PairArchitecture());

    private static (TrainingResult, TrainingState[]) Kept(TrainingRequest request)
    {
        List<TrainingState> states = [];
        TrainingResult result = Train(request with { Checkpoint = states.Add });
        return (result, [.. states]);
    }
}
