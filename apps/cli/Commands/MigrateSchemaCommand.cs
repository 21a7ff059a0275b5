using System.CommandLine;
using Hdms.Cli.Hosting;

namespace Hdms.Cli.Commands;

internal static class MigrateSchemaCommand
{
    static readonly Argument<string?> Service = new("service")
    {
        Description = "A service; all of them if none is named",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public static Command Create()
    {
        var command = new Command("migrate-schema", "Bring the services' tables to what this program needs.") { Service };
        command.SetAction(RunAsync);
        return command;
    }

    static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        var definitions = AllServices.Named(parsed.GetValue(Service));
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: true, log.CreateLogger("hdms"), slow, ct);
        await server.ProvisionAsync(AllServices.Contracts, ct);
        foreach (var definition in definitions)
        {
            var service = definition.Service;
            await using var owner = await server.OpenAsOwnerAsync(service, await server.HomeOfAsync(service, ct), ct);
            var ran = await definition.Schema.MigrateAsync(owner, new Said(service.Name), ct);
            Console.WriteLine(ran.Count == 0
                ? $"{service.Name}: nothing to do, {definition.Scripts[^1].Name} is the last of {definition.Scripts.Count} scripts"
                : $"{service.Name}: {ran.Count} of {definition.Scripts.Count} scripts were run");
        }

        return ExitCode.Done;
    }

    /// <summary>Each script as it begins, at once and in order, which <see cref="Progress{T}"/> does not promise.</summary>
    sealed class Said(string service) : IProgress<string>
    {
        public void Report(string value) => Console.WriteLine($"{service}: {value}");
    }
}
