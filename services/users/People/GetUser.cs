using Hdms.Contracts;
using Hdms.Kit.Caching;
using Hdms.Kit.Database;
using Hdms.Kit.Http;
using Hdms.Kit.Problems;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hdms.Users.People;

static class GetUser
{
    public static void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/users/me", HandleMe)
            .WithName("GetMe")
            .WithTags("Users")
            .WithSummary("The signed-in person")
            .KnowsVersions()
            .WithProblems(Codes.Forbidden);
        api.MapGet("/users/{id}", Handle)
            .WithName(nameof(GetUser))
            .WithTags("Users")
            .WithSummary("One person, by id or by employee code")
            .KnowsVersions()
            .WithProblems(Codes.Forbidden, Codes.NotFound);
    }

    static async Task<Answer<UserView>> HandleMe(
        Caller caller, Preconditions preconditions, RowCache<ShownUser> rows, ServiceDatabase db, CancellationToken ct) =>
        Show(await FindAsync(caller.Person, caller, rows, db, ct), Sight.Basic, caller, preconditions);

    static async Task<Answer<UserView>> Handle(
        string id, Caller caller, Preconditions preconditions, RowCache<ShownUser> rows, ServiceDatabase db, CancellationToken ct) =>
        Guid.TryParse(id, out var key)
            ? Show(await FindAsync(key, caller, rows, db, ct), Sight.Basic, caller, preconditions)

            // Who does not see codes does not find by them, or could try out which there are.
            : Show(await db.ReadAsync(c => UserTable.FindShownAsync(c, id, ct), ct), Sight.Contact, caller, preconditions);

    static ValueTask<ShownUser?> FindAsync(Guid id, Caller caller, RowCache<ShownUser> rows, ServiceDatabase db, CancellationToken ct) =>
        rows.GetAsync(id, caller.After, token => db.ReadAsync(c => UserTable.FindShownAsync(c, id, token), token), ct);

    static Answer<UserView> Show(ShownUser? shown, Sight least, Caller caller, Preconditions preconditions)
    {
        var user = shown?.User;
        var sight = user?.Id == caller.UserId ? Sight.Everything : Sights.Of(caller);
        if (user is null || sight < least || (user.IsDeleted && sight != Sight.Everything))
        {
            throw Refusal.NotFound("user");
        }

        var view = user.View(sight, openly: caller.IsAdmin, sight == Sight.Everything ? shown!.LastLogin : null);
        return Answer.Read(caller.IsAdmin ? view : view with { AllowedActions = [] }, user.Version, preconditions);
    }
}
