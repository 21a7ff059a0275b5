using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.ServiceAccounts;

static class RevokeServiceAccount
{
    public static void Map(IEndpointRouteBuilder accounts) => accounts.MapDelete("/{id:guid}", Handle)
        .WithName(nameof(RevokeServiceAccount)).WithSummary("Revoke the account for good; doing it again changes nothing (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.PreconditionFailed);

    static Task<Answer<NoBody>> Handle(Guid id, Preconditions seen, Caller caller, ServiceDatabase database, CancellationToken ct)
    {
        caller.MustBeAdmin();
        return database.AnswerAsync(caller, work => RevokeAsync(work, id, seen), ct);
    }

    static async Task<Answer<NoBody>> RevokeAsync(UnitOfWork work, Guid id, Preconditions seen)
    {
        var account = await ServiceAccount.LockAsync(work, id);
        seen.Require(account.Version);
        if (account.RevokedAt is null)
        {
            var version = await work.AppendAsync(
                account.Stream,
                new ServiceAccountRevoked(),
                new Audit(new { revoked_at = (DateTimeOffset?)null }, new { revoked_at = work.Now }));
            await work.ExecuteAsync(
                "UPDATE service_accounts SET revoked_at = @Now, updated_at = @Now, version = @version WHERE id = @id", new { id, work.Now, version });
        }

        return Answer.NoContent();
    }
}
