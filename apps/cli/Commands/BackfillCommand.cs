using System.CommandLine;
using System.Diagnostics;
using Hdms.Cli.Hosting;
using Hdms.Kit.Database;
using Hdms.Kit.Rebuild;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Cli.Commands;

/// <summary><c>hdms events backfill</c>: rows that came without events get one with their whole state.</summary>
internal static class BackfillCommand
{
    static readonly Argument<string?> Service = new("service")
    {
        Description = "A service; all of them if none is named",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Create()
    {
        var command = new Command(
            "backfill", "Append the whole state of rows that came without events, as from the old system. May be stopped and begun again at any time, beside everything else.")
        {
            Service,
        };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        var definitions = AllServices.Named(parsed.GetValue(Service));
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        foreach (var definition in definitions)
        {
            await QuietService.UseAsync(server.Settings, definition, async services =>
            {
                foreach (var table in definition.State)
                {
                    using var shown = new Shown(definition.Service.Name);
                    var end = await Backfill.RunAsync(services.GetRequiredService<ServiceDatabase>(), table, shown, ct);
                    shown.Dispose();
                    Console.WriteLine($"{definition.Service.Name}: {table.Name}: {end.Looked} rows, of which {end.Appended} were appended to the log");
                }
            }, ct);
        }

        return ExitCode.Done;
    }

    /// <summary>One line on a terminal, written over and over; a few times a second, since writing to a terminal may be slow.</summary>
    sealed class Shown(string service) : IProgress<BackfillProgress>, IDisposable
    {
        static readonly TimeSpan Often = TimeSpan.FromMilliseconds(200);

        readonly long _started = Stopwatch.GetTimestamp();
        TimeSpan _next = Often;
        int _width;

        public void Report(BackfillProgress value)
        {
            var elapsed = Stopwatch.GetElapsedTime(_started);
            if (Console.IsErrorRedirected || elapsed < _next)
                return;
            _next = elapsed + Often;
            var rate = value.Looked / elapsed.TotalSeconds;
            var left = TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, value.Total - value.Looked) / rate));
            Write($"{service}: {value.Table}: {value.Looked} of {value.Total} rows, {value.Appended} appended, {rate:F0} a second, {left:c} left");
        }

        public void Dispose()
        {
            if (_width > 0)
                Write("");
            _width = 0;
        }

        void Write(string line)
        {
            Console.Error.Write($"\r{line.PadRight(_width)}\r{line}");
            _width = line.Length;
        }
    }
}
