using System.CommandLine;
using System.Globalization;

namespace Hdms.Cli.Tour;

/// <summary><c>hdms demo tour</c>: the whole way from the old help desk to a database for each service and back, before one's eyes.</summary>
internal static class TourCommand
{
    static readonly Option<double> Scale = new("--scale") { Description = "Of the old help desk; 1 has 100,000 tickets", HelpName = "N", DefaultValueFactory = _ => 0.005 };
    static readonly Option<int> People = new("--people") { Description = "How many are at work meanwhile", HelpName = "N", DefaultValueFactory = _ => 4 };
    static readonly Option<string?> Into = new("--into") { Description = "A folder that is made and stays, to look around in [default: a temporary one]", HelpName = "DIR" };

    public static Command Create()
    {
        var command = new Command(
            "tour",
            """
            From the old help desk to a database for each service, and back, in about two minutes, on a server of its own that is gone
            afterwards: the old program writes and its rows are imported meanwhile, people sign in with their old passwords and work while all five
            services move, one goes back and there again, and a mistake is taken back from a backup. Ends with what was counted on the way,
            and with an exit code other than 0 where anything was lost.

            Examples:
              ./hdms demo tour
              ./hdms demo tour --scale 0.1 --into ./tour
            """)
        {
            Scale, People, Into,
        };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        if (parsed.GetValue(Scale) is var scale && scale is not (> 0 and <= 1))
            throw new OneLineError($"--scale is between 0 and 1, not {scale.ToString(CultureInfo.InvariantCulture)}.", ExitCode.WrongUsage);
        if (parsed.GetValue(People) is var people && people is not (>= 1 and <= 50))
            throw new OneLineError($"--people is between 1 and 50, not {people.ToString(CultureInfo.InvariantCulture)}.", ExitCode.WrongUsage);
        var into = parsed.GetValue(Into);
        if (into is not null && Directory.Exists(into) && Directory.EnumerateFileSystemEntries(into).Any())
            throw new OneLineError($"{into} is not empty. Name a folder that is not there yet.", ExitCode.WrongUsage);
        await using var house = new TourHouse(into);
        return await new GrandTour(house, scale, people).RunAsync(ct) ? ExitCode.Done : ExitCode.Failed;
    }
}
