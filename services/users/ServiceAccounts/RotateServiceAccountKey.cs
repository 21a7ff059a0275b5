using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.ServiceAccounts;

static class RotateServiceAccountKey
{
    public static void Map(IEndpointRouteBuilder accounts) => accounts.MapPost("/{id:guid}/rotate", Handle)
        .WithoutIdempotency().WithoutStoring()
        .WithName(nameof(RotateServiceAccountKey)).WithSummary("Give the account a new key, shown this once; the old one is good for nothing (admin)")
        .WithProblems(Codes.Forbidden, Codes.NotFound, Codes.InvalidTransition, Codes.PreconditionFailed);

    static Task<Answer<ServiceAccountKey>> Handle(Guid id, Preconditions seen, Caller caller, ServiceDatabase database, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var key = ServiceAccount.NewKey();
        return database.AnswerAsync(caller, work => RotateAsync(work, id, seen, key), ct);
    }

    static async Task<Answer<ServiceAccountKey>> RotateAsync(UnitOfWork work, Guid id, Preconditions seen, string key)
    {
        var account = await ServiceAccount.LockAsync(work, id);
        seen.Require(account.Version);
        if (account.RevokedAt is not null)
        {
            throw new Refusal(Codes.InvalidTransition, "The account has been revoked. Make a new one.");
        }

        account.Version = await work.AppendAsync(account.Stream, new ServiceAccountKeyRotated());
        account.UpdatedAt = work.Now;
        await work.ExecuteAsync(
            "UPDATE service_accounts SET key_hash = @hash, updated_at = @Now, version = @Version WHERE id = @id",
            new { id, hash = ServiceAccount.Hash(key), work.Now, account.Version });
        return Answer.Ok(new ServiceAccountKey(account.View(), key), account.Version);
    }
}
