using System.Globalization;

namespace Hdms.Bench.Api;

/// <summary>Load over HTTP by wrk, which takes little of the two cores for itself.</summary>
static class Wrk
{
    /// <param name="token">Whose requests they are; null: the admin's.</param>
    /// <param name="perSecond">Null: as many as it can. Else each client pauses before each request, so that all together send no more than this.</param>
    public static async Task<Figures> RunAsync(House house, string script, int clients, int seconds, IReadOnlyDictionary<string, string>? more = null, string? token = null, double? perSecond = null)
    {
        var environment = new Dictionary<string, string>(more ?? new Dictionary<string, string>()) { ["TOKEN"] = token ?? house.Token };
        if (perSecond is { } rate)
        {
            environment["PAUSE"] = (clients * 1000 / rate).ToString(CultureInfo.InvariantCulture);
        }

        var output = await Tool.RunAsync(
            "wrk",
            ["-t1", $"-c{clients}", $"-d{seconds}s", "--timeout", "30s", "-s", Path.Combine(AppContext.BaseDirectory, "Api", script), house.Address.ToString()],
            environment);
        var line = output.Split('\n').Single(l => l.StartsWith("figures ", StringComparison.Ordinal)).Split(' ');
        double At(int i) => double.Parse(line[i], CultureInfo.InvariantCulture);
        return new Figures(At(1), At(2), At(3), At(4), (long)At(5));
    }
}
