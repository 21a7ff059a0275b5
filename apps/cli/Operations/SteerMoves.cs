using Hdms.Cli.Hosting;
using Hdms.Cli.Migrate;
using Hdms.Contracts;
using Hdms.Kit.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using PgSplit.Control;

namespace Hdms.Cli.Operations;

/// <summary>Where each service's move stands, and what may be asked of it: the verbs of <c>hdms migrate</c>.</summary>
internal static class SteerMoves
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/moves", ShowAsync);
        api.MapPost("/moves/{service}/{verb}", Begin);
    }

    static async Task<Ok<ServiceMoveView[]>> ShowAsync(Caller caller, DatabaseServer server, MoveDesk desk, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return TypedResults.Ok(await Task.WhenAll(AllServices.Contracts.Select(s => ViewAsync(server, desk, s, ct))));
    }

    static Results<Accepted<MoveRunView>, NotFound> Begin(string service, string verb, Caller caller, MoveDesk desk)
    {
        caller.MustBeAdmin();
        if (Services.All.FirstOrDefault(s => s.Name == service) is not { } known || !MoveDesk.Verbs.Contains(verb))
            return TypedResults.NotFound();
        return TypedResults.Accepted($"{OperationsApp.Service.Paths[0]}/moves", desk.Begin(known, verb, caller.Person));
    }

    static async Task<ServiceMoveView> ViewAsync(DatabaseServer server, MoveDesk desk, Service service, CancellationToken ct)
    {
        try
        {
            var found = await MoveOfService.FindAsync(server, service, ct);
            if (!found.IsOpen || await found.Move!.StatusAsync(ct) is not { } status)
                return desk.Of(service).With(new ServiceMoveView(service.Name, found.Home.Database, "none", null, null, null, null, found.Move is null ? [] : ["start"], desk.Last(service)), null);
            var lag = status.WritesAt == "target" ? status.Back : status.Forward;
            return desk.Of(service).With(new ServiceMoveView(
                service.Name, found.Home.Database, System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(status.State), status.Reason, status.Verification.State,
                lag?.LagBytes, MigrateWords.Of(status.WayBack, service.Name), May(status), desk.Last(service)), status);
        }
        catch (Exception e) when (e is OneLineError or Npgsql.NpgsqlException or PgSplit.PgSplitException)
        {
            // One that can't be told of must not hide the others.
            return new ServiceMoveView(service.Name, "?", "unknown", MigrateWords.Of(e, service.Name), null, null, null, [], desk.Last(service));
        }
    }

    static IReadOnlyList<string> May(MoveStatus status) => status.State switch
    {
        nameof(MoveState.InSync) when status.Verification.State == "verified" => ["switch", "verify", "cancel"],
        nameof(MoveState.InSync) when status.Verification.State == "failed" => ["repair", "verify", "cancel"],
        nameof(MoveState.InSync) => ["verify", "cancel"],
        nameof(MoveState.Switched) when status.Verification.State == "verified" => ["reverse", "verify", "complete"],
        nameof(MoveState.Switched) when status.Verification.State == "failed" => ["repair", "verify", "complete"],
        nameof(MoveState.Switched) => ["verify", "complete"],
        nameof(MoveState.Broken) or nameof(MoveState.Paused) => status.WritesAt == "source" ? ["resume", "cancel"] : ["resume"],
        nameof(MoveState.Switching) or nameof(MoveState.Reversing) => [],
        _ => ["start", "cancel"],
    };
}
