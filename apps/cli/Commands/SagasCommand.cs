using System.CommandLine;
using Hdms.Cli.Hosting;
using Hdms.Kit.Http;
using Hdms.Kit.Sagas;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Cli.Commands;

internal static class SagasCommand
{
    static readonly Argument<string> Service = new("service") { Description = "Whose it is" };
    static readonly Argument<Guid> Id = new("id") { Description = "As hdms doctor gives it" };

    public static Command Create()
    {
        var retry = new Command("retry", "Let a stuck saga go on, after what was in its way has been removed.") { Service, Id };
        retry.SetAction(RetryAsync);
        return new Command("sagas", "What spans services.") { retry };
    }

    static async Task<int> RetryAsync(ParseResult parsed, CancellationToken ct)
    {
        var installation = Installation.Of(parsed);
        var definition = AllServices.Named(parsed.GetValue(Service))[0];
        var id = parsed.GetValue(Id);
        using var log = CliLog.CreateAside(installation.Settings);
        using var slow = new SlowWork();
        await using var server = await DatabaseServer.OpenAsync(installation, make: false, log.CreateLogger("hdms"), slow, ct);
        await QuietService.UseAsync(server, definition, async services =>
        {
            var sagas = services.GetService<SagaControl>() ?? throw new OneLineError($"{definition.Service.Name} has no sagas.");
            if (!await sagas.RetryAsync(Caller.System(), id, ct))
                throw new OneLineError($"There is no stuck saga {id} in {definition.Service.Name}.");
        }, ct);
        Console.WriteLine($"{id} goes on");
        return ExitCode.Done;
    }
}
