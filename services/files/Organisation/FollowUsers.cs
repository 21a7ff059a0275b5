using Hdms.Contracts;
using Hdms.Kit.Replicas;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Files.Organisation;

/// <summary>Keeps the copy of people, by the users service's feed.</summary>
static class FollowUsers
{
    static readonly Replica Users = new("files_replica_users", ["first_name", "last_name", "is_active", "is_deleted"]);

    public static IServiceCollection AddPeople(this IServiceCollection services) => services
        .AddSingleton<People>()
        .AddReplica(Users, Services.Users, on => on
            .Of<UserRegistered>().Of<UserChanged>().Of<UserDeactivated>().Of<UserReactivated>().Of<UserDeleted>().Of<UserRestored>()
            .Of<UserAnonymised>().Of<UserImported>().Of<AccessGranted>().Of<AccessRevoked>());
}
