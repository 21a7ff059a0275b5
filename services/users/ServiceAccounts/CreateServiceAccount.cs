using Hdms.Contracts;
using Hdms.Kit.Database;
using Hdms.Kit.Events;
using Hdms.Kit.Http;
using Hdms.Kit.Idempotency;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.ServiceAccounts;

static class CreateServiceAccount
{
    public static void Map(IEndpointRouteBuilder accounts) => accounts.MapPost("", Handle)
        .WithoutIdempotency().WithoutStoring()
        .WithName(nameof(CreateServiceAccount)).WithSummary("Make an account for an integration; its key is shown this once (admin)")
        .Creates()
        .WithProblems(Codes.Forbidden, Codes.AlreadyExists);

    static Task<Answer<ServiceAccountKey>> Handle(
        CreateServiceAccountRequest request, Caller caller, ServiceDatabase database, TimeProvider clock, CancellationToken ct)
    {
        caller.MustBeAdmin();
        var check = new Checks();
        check.Text("name", request.Name, max: 100);
        check.That("scopes", request.Scopes.Count > 0, "must name at least one");
        check.That("scopes", request.Scopes.All(s => Scopes.All.Contains(s)), $"must be of {string.Join(", ", Scopes.All)}");
        check.That("expires_at", request.ExpiresAt is null || request.ExpiresAt > clock.GetUtcNow(), "must be in the future");
        check.Done();

        var key = ServiceAccount.NewKey();
        return database.AnswerAsync(caller, work => InsertAsync(work, request, key), ct);
    }

    static async Task<Answer<ServiceAccountKey>> InsertAsync(UnitOfWork work, CreateServiceAccountRequest request, string key)
    {
        var account = new ServiceAccount
        {
            Id = Guid.CreateVersion7(work.Now),
            Name = request.Name.Trim(),
            Scopes = [.. request.Scopes.Distinct(StringComparer.Ordinal)],
            CreatedBy = work.By.UserId,
            CreatedAt = work.Now,
            UpdatedAt = work.Now,
            ExpiresAt = request.ExpiresAt,
        };
        account.Version = await work.AppendAsync(
            account.Stream,
            new ServiceAccountCreated(account.Name, account.Scopes, account.ExpiresAt),
            new Audit(After: new { account.Name, account.Scopes, account.ExpiresAt }));
        var made = await work.ExecuteAsync(
            """
            INSERT INTO service_accounts (id, name, key_hash, scopes, created_by, created_at, updated_at, expires_at, version)
            VALUES (@Id, @Name, @hash, @Scopes, @CreatedBy, @CreatedAt, @UpdatedAt, @ExpiresAt, @Version)
            ON CONFLICT DO NOTHING
            """,
            new { account.Id, account.Name, hash = ServiceAccount.Hash(key), account.Scopes, account.CreatedBy, account.CreatedAt, account.UpdatedAt, account.ExpiresAt, account.Version });
        return made == 1
            ? Answer.Created($"{Service.Api}/service-accounts/{account.Id}", new ServiceAccountKey(account.View(), key), account.Version)
            : throw new Refusal(Codes.AlreadyExists, $"There is a service account named {account.Name}.")
            {
                Errors = new Dictionary<string, string[]> { ["name"] = ["is taken"] },
            };
    }
}
