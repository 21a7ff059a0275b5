using Hdms.Kit.Auth;
using Hdms.Users.ServiceAccounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Hdms.Users.SignIn;

/// <summary>Who comes in: passwords, sessions, tokens and their keys, service accounts.</summary>
static class SignInFeatures
{
    public static IServiceCollection AddSignIn(this IServiceCollection services) => services
        .AddSingleton<SigningKeys>()
        .Replace(ServiceDescriptor.Singleton<ISigningKeys>(s => s.GetRequiredService<SigningKeys>()))
        .AddSingleton<AccessTokens>()
        .AddSingleton<FailedSignIns>()
        .AddSingleton<ImportedHashes>()
        .AddSingleton<PasswordCheck>()
        .AddHostedService<SignInCleaner>();

    public static void MapSignIn(this IEndpointRouteBuilder api)
    {
        var auth = api.MapGroup("/auth").WithTags("Sign-in");
        SignInPerson.Map(auth);
        RefreshSession.Map(auth);
        SignOut.Map(auth);
        ListSessions.Map(auth);
        EndSession.Map(auth);
        EndOtherSessions.Map(auth);
        ChangePassword.Map(auth);
        ReplaceTemporaryPassword.Map(auth);
        SetPassword.Map(api);

        ExchangeKey.Map(auth);
        var accounts = api.MapGroup("/service-accounts").WithTags("Service accounts");
        CreateServiceAccount.Map(accounts);
        ListServiceAccounts.Map(accounts);
        ReadServiceAccount.Map(accounts);
        RotateServiceAccountKey.Map(accounts);
        RevokeServiceAccount.Map(accounts);
    }

    /// <summary>What is not under <c>/api/v1</c>.</summary>
    public static void MapWellKnown(this IEndpointRouteBuilder app) => PublishKeys.Map(app);
}
