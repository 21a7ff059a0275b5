using Hdms.Contracts;
using Hdms.Kit.Auth;
using Hdms.Kit.Caching;
using Hdms.Kit.Clients;
using Hdms.Kit.Hosting;
using Hdms.Kit.Sagas;
using Hdms.Kit.Schema;
using Hdms.Users.Access;
using Hdms.Users.Departments;
using Hdms.Users.History;
using Hdms.Users.Import;
using Hdms.Users.People;
using Hdms.Users.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Hdms.Users;

/// <summary>The users service: people, departments, sign-in.</summary>
public static class UsersService
{
    public static readonly ServiceDefinition Definition = new(
        Services.Users, SchemaScript.Of(typeof(UsersService).Assembly, Services.Users.Name, Services.Users.Role), Build)
    {
        ForServicesOnly = ["cnic", "phone_number", "sms_user_id"],
        Reports = ReportView.Of(typeof(UsersService).Assembly),
        State = [DepartmentTable.FromEvents, UserTable.FromEvents, AccessRequest.FromEvents],
    };

    static WebApplication Build(IConfiguration settings) => Build(settings, configure: null);

    /// <param name="configure">What a test puts in the place of the real thing, as the clock.</param>
    internal static WebApplication Build(IConfiguration settings, Action<WebApplicationBuilder>? configure)
    {
        var builder = ServiceHost.CreateBuilder(Definition, settings);
        builder.Services.AddUsers(settings);
        configure?.Invoke(builder);
        var app = builder.Build().UseKit(MapUsers);
        app.MapWellKnown();
        return app;
    }

    static void AddUsers(this IServiceCollection services, IConfiguration settings)
    {
        services.AddServiceClient<TicketsClient>(Services.Tickets, settings);
        services.AddSaga<DepartmentDeletion>(DepartmentDeletion.Type);
        services.AddRowCache<ShownUser>(settings);
        services.AddSingleton(UsersAudit.Show);
        services.AddSignIn();
        services.AddImports();
    }

    static void MapUsers(RouteGroupBuilder api)
    {
        api.MapSignIn();

        var reads = api.MapGroup("").LimitedToScopes(Scopes.ReadUsers, Scopes.WriteUsers);
        ListUsers.Map(reads);
        GetUser.Map(reads);
        LookUpUsers.Map(reads);
        FindExistingUsers.Map(reads);
        ListDepartments.Map(reads);
        GetDepartment.Map(reads);
        FindExistingDepartments.Map(reads);
        ListTeam.Map(reads);

        RegisterUser.Map(api);
        ChangeUser.Map(api);
        DeactivateUser.Map(api);
        ReactivateUser.Map(api);
        DeleteUser.Map(api);
        RestoreUser.Map(api);
        AnonymiseUser.Map(api);

        OpenDepartment.Map(api);
        ChangeDepartment.Map(api);
        CloseDepartment.Map(api);
        ReopenDepartment.Map(api);
        DeleteDepartment.Map(api);
        RestoreDepartment.Map(api);
        AddTeamMember.Map(api);
        RemoveTeamMember.Map(api);

        AskForAccess.Map(api);
        ListAccessRequests.Map(api);
        ApproveAccess.Map(api);
        DenyAccess.Map(api);
        GrantAccess.Map(api);
        RevokeAccess.Map(api);

        ImportUsers.Map(api);
        GetImport.Map(api);
        GetImportRejects.Map(api);

        GetUserHistory.Map(api);
        GetDepartmentHistory.Map(api);
        SearchAudit.Map(api);
    }
}
