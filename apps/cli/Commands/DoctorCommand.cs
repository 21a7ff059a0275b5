using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hdms.Cli.Doctor;
using Hdms.Kit.Hosting;
using Spectre.Console;

namespace Hdms.Cli.Commands;

internal static class DoctorCommand
{
    static readonly Option<bool> AsJson = new("--json") { Description = "For programs" };

    static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var command = new Command("doctor", "Look for what is wrong, and say what to do about it.") { AsJson };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var findings = await FindAsync(Installation.Of(parsed), ct);
        if (parsed.GetValue(AsJson))
            Console.WriteLine(JsonSerializer.Serialize(findings, Json));
        else
            Print(findings);
        return findings.Any(f => f.Severity > Severity.Note) ? ExitCode.Failed : ExitCode.Done;
    }

    static async Task<IReadOnlyList<DoctorFinding>> FindAsync(Installation installation, CancellationToken ct)
    {
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        try
        {
            await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
            return await new Examination(server, TimeProvider.System).RunAsync(ct);
        }
        catch (OneLineError e)
        {
            return [new DoctorFinding(Severity.Error, null, e.Message, "Nothing else could be looked at.")];
        }
    }

    static void Print(IReadOnlyList<DoctorFinding> findings)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = Console.IsOutputRedirected ? AnsiSupport.No : AnsiSupport.Detect });
        // Lines are the terminal's to wrap: what is to be done is to be copied, too.
        console.Profile.Width = 100_000;
        foreach (var finding in findings)
        {
            var (word, colour) = finding.Severity switch
            {
                Severity.Error => ("ERROR", "red"),
                Severity.Warning => ("warning", "yellow"),
                _ => ("note", "grey"),
            };
            var whose = finding.Service is { } service ? $"{service}: " : "";
            console.MarkupLineInterpolated($"[{colour}]{word,-8}[/]{whose}{finding.What}");
            console.MarkupLineInterpolated($"        → {finding.Remedy}");
        }

        var wrong = findings.Count(f => f.Severity > Severity.Note);
        console.WriteLine(wrong == 0 ? "Nothing is wrong." : $"{wrong} of {findings.Count} findings need somebody.");
    }
}
