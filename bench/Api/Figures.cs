namespace Hdms.Bench.Api;

/// <summary>What one run gave.</summary>
/// <param name="PerSecond">Completed a second.</param>
/// <param name="Failed">How many failed; figures with failures mean nothing.</param>
sealed record Figures(double PerSecond, double P50, double P95, double P99, long Failed)
{
    /// <summary>From latencies in milliseconds.</summary>
    public static Figures Of(List<double> milliseconds, double seconds, long failed)
    {
        milliseconds.Sort();
        return new Figures(milliseconds.Count / seconds, At(50), At(95), At(99), failed);

        double At(int percent) => milliseconds.Count == 0 ? 0 : milliseconds[Math.Min(milliseconds.Count - 1, milliseconds.Count * percent / 100)];
    }
}
