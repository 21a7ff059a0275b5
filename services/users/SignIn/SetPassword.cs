using Dapper;
using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.SignIn;

static class SetPassword
{
    // Not kept for idempotency keys: the hash of the request would be one of the password, and a fast one.
    public static void Map(IEndpointRouteBuilder api) => api.MapPost("/users/{id:guid}/password", Handle)
        .WithoutIdempotency()
        .WithTags("Sign-in").WithName(nameof(SetPassword)).WithSummary("Give somebody a temporary password; their sessions end (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound);

    static async Task<NoContent> Handle(Guid id, SetPasswordRequest request, Caller caller, ServiceDatabase database, CancellationToken ct)
    {
        // No scope gives this to a service account: it could sign in as anybody.
        caller.MustBeAdmin();
        var person = await database.ReadAsync(connection => connection.QuerySingleOrDefaultAsync<Person>(new CommandDefinition(
            $"SELECT {Person.Columns} FROM users AS u WHERE u.id = @id AND NOT u.is_deleted", new { id }, cancellationToken: ct)), ct)
            ?? throw Refusal.NotFound("user");
        NewPassword.Check("temporary_password", request.TemporaryPassword, person);
        var hash = Passwords.Hash(request.TemporaryPassword);
        await database.WriteAsync(caller, work => NewPassword.SetTemporaryAsync(work, id, hash), ct);
        return TypedResults.NoContent();
    }
}
