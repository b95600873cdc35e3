namespace Csp.Learning.Training;

/// <summary>
/// How far a training is on its way: by epochs where the time will do for all of them, by time otherwise. The speed is judged only after a tenth of
/// the time, so a training that is much faster than its budget never depends on a clock.
/// </summary>
internal sealed class TrainingPlan(TrainingSettings settings, double startSeconds, int startEpoch)
{
    /// <summary>0 at the start, 1 when it is time to stop.</summary>
    /// <param name="done">Epochs done, with fraction.</param>
    /// <param name="seconds">Since the beginning, preparation included.</param>
    public double Progress(double done, double seconds)
    {
        if (seconds >= settings.MaxSeconds)
            return 1;
        double planned = settings.MaxEpochs;
        if (done > startEpoch && seconds - startSeconds > 0.1 * settings.MaxSeconds)
        {
            double perEpoch = (seconds - startSeconds) / (done - startEpoch);
            planned = Math.Min(planned, done + (settings.MaxSeconds - seconds) / perEpoch);
        }
        return Math.Min(done / planned, 1);
    }
}
