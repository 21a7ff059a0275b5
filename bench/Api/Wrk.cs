using System.Globalization;

namespace Hdms.Bench.Api;

/// <summary>Load over HTTP by wrk, which takes little of the two cores for itself.</summary>
static class Wrk
{
    public static async Task<Figures> RunAsync(House house, string script, int clients, int seconds, IReadOnlyDictionary<string, string>? more = null)
    {
        var environment = new Dictionary<string, string>(more ?? new Dictionary<string, string>()) { ["TOKEN"] = house.Token };
        var output = await Tool.RunAsync(
            "wrk",
            ["-t1", $"-c{clients}", $"-d{seconds}s", "--timeout", "30s", "-s", Path.Combine(AppContext.BaseDirectory, "Api", script), house.Address.ToString()],
            environment);
        var line = output.Split('\n').Single(l => l.StartsWith("figures ", StringComparison.Ordinal)).Split(' ');
        double At(int i) => double.Parse(line[i], CultureInfo.InvariantCulture);
        return new Figures(At(1), At(2), At(3), At(4), (long)At(5));
    }
}
