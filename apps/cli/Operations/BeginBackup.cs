using Hdms.Contracts;
using Hdms.Kit.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Cli.Operations;

/// <summary>A backup is taken in the background; asked for again meanwhile, it is the same one.</summary>
internal static class BeginBackup
{
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/backups", Handle);

    static Accepted<BackupRunView> Handle(Caller caller, BackupDesk desk)
    {
        caller.MustBeAdmin();
        return TypedResults.Accepted($"{OperationsApp.Service.Paths[0]}/database", desk.Begin(caller.Person));
    }
}
