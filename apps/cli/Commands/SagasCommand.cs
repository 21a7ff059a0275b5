using System.CommandLine;
using Hdms.Cli.Hosting;
using Hdms.Kit.Hosting;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Sagas;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Cli.Commands;

internal static class SagasCommand
{
    static readonly Argument<string> Service = new("service") { Description = "Whose it is" };
    static readonly Argument<Guid> Id = new("id") { Description = "As hdms doctor gives it" };

    static readonly Option<bool> Force = new("--force") { Description = "Also where its call may be made a second time" };

    public static Command Create()
    {
        var retry = new Command("retry", "Let a stuck saga go on, after what was in its way has been removed.") { Service, Id, Force };
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
        await RetryAsync(server.Settings, definition, id, parsed.GetValue(Force), ct);
        Console.WriteLine($"{id} goes on");
        return ExitCode.Done;
    }

    internal static Task RetryAsync(IConfiguration settings, ServiceDefinition definition, Guid id, bool force, CancellationToken ct)
    {
        var service = definition.Service.Name;
        return QuietService.UseAsync(settings, definition, async services =>
        {
            var sagas = services.GetService<SagaControl>() ?? throw new OneLineError($"{service} has no sagas.");
            switch (await sagas.RetryAsync(Caller.System(), id, force, ct))
            {
                case SagaRetry.NotStuck:
                    throw new OneLineError($"There is no stuck saga {id} in {service}.");
                case SagaRetry.MayActTwice:
                    throw new OneLineError(
                        $"Saga {id} would repeat a call of more than {StoredAnswer.KeptForServices.TotalDays:0} days ago, which the other service no longer knows by its key: "
                        + "if that was carried out, it would be again. Look there, then give --force.");
            }
        }, ct);
    }
}
