{{/*
What no single value shows. The schema refuses values that are wrong by themselves; here are those that do
not fit together. Each message names the values and says what to do.
*/}}
{{- define "amble.checks" -}}
{{- $effective := include "amble.effective" . | fromYaml -}}
{{- $replicas := int $effective.replicas -}}

{{- if and (eq $effective.ledger "sqlite") (gt $replicas 1) -}}
{{- fail (printf "replicas is %d and ledger.kind is sqlite: a file can't be shared by nodes. Set ledger.kind to postgres or cloudnativepg, or replicas to 1" $replicas) -}}
{{- end -}}
{{- if and (eq $effective.ledger "sqlite") $effective.cluster -}}
{{- fail (printf "etcd.kind is %s and ledger.kind is sqlite: several nodes need one database for all. Set ledger.kind to postgres or cloudnativepg, or etcd.kind to none" $effective.etcd) -}}
{{- end -}}
{{- if and (not $effective.cluster) (gt $replicas 1) -}}
{{- fail (printf "replicas is %d and etcd.kind is none: nodes find each other through etcd. Set etcd.kind to chart or external, or replicas to 1" $replicas) -}}
{{- end -}}
{{- if and (eq $effective.ledger "sqlite") (not $effective.persistence.enabled) -}}
{{- fail "persistence.enabled is false and ledger.kind is sqlite: receipts would end with the pod. Set persistence.enabled to true, or ledger.kind to postgres or cloudnativepg" -}}
{{- end -}}

{{- if and (eq $effective.etcd "external") (not .Values.etcd.endpoints) -}}
{{- fail "etcd.kind is external and etcd.endpoints is empty: name every member, such as http://etcd-1:2379" -}}
{{- end -}}
{{- if and (ne $effective.etcd "external") .Values.etcd.endpoints -}}
{{- fail (printf "etcd.endpoints is given and etcd.kind is %s: set etcd.kind to external, or leave the endpoints out" $effective.etcd) -}}
{{- end -}}

{{- with .Values.ledger.postgres -}}
{{- $given := or .url .urlSecret.name -}}
{{- if and (eq $effective.ledger "postgres") (not $given) -}}
{{- fail (printf "ledger.kind is postgres (profile %s), and nothing says where it is: set ledger.postgres.urlSecret.name, or ledger.postgres.url with ledger.postgres.passwordSecret.name, or ledger.kind to cloudnativepg" $.Values.profile) -}}
{{- end -}}
{{- if and (ne $effective.ledger "postgres") $given -}}
{{- fail (printf "ledger.postgres is given and ledger.kind is %s: set ledger.kind to postgres, or leave it out" $effective.ledger) -}}
{{- end -}}
{{- if and .url .urlSecret.name -}}
{{- fail "ledger.postgres.url and ledger.postgres.urlSecret.name are both given: leave one out" -}}
{{- end -}}
{{- end -}}

{{- with .Values.checkout -}}
{{- if and (ne .payment.service "sandbox") (not .payment.keySecret.name) -}}
{{- fail (printf "checkout.payment.service is %s, and nothing says what its key is: set checkout.payment.keySecret.name" .payment.service) -}}
{{- end -}}
{{- if and .smtp.host (not .smtp.from) -}}
{{- fail "checkout.smtp.host is given and checkout.smtp.from is not: say whom letters are from" -}}
{{- end -}}
{{- if ne (empty .smtp.user) (empty .smtp.passwordSecret.name) -}}
{{- fail "checkout.smtp.user and checkout.smtp.passwordSecret go together: set both, or none" -}}
{{- end -}}
{{- end -}}

{{- $plans := list -}}
{{- with .Values.store -}}
{{- if .known }}{{ $plans = append $plans "store.known" }}{{ end -}}
{{- if .configMap }}{{ $plans = append $plans "store.configMap" }}{{ end -}}
{{- if .volume }}{{ $plans = append $plans "store.volume" }}{{ end -}}
{{- end -}}
{{- if gt (len $plans) 1 -}}
{{- fail (printf "%s are both given: a shop has one plan" (join " and " $plans)) -}}
{{- end -}}

{{- with .Values.ingress -}}
{{- if and .devices.enabled .shoppers.enabled (eq .devices.host .shoppers.host) -}}
{{- fail (printf "ingress.devices.host and ingress.shoppers.host are both %s: devices and shoppers are kept apart, give each its own" .devices.host) -}}
{{- end -}}
{{- end -}}

{{- if and .Values.test.passKeySecret.name (not (or .Values.passes.publicKeys .Values.passes.secret.name)) -}}
{{- fail "test.passKeySecret is given, and no public key that its passes could be checked with: set passes.publicKeys or passes.secret" -}}
{{- end -}}

{{- $tls := .Values.tls -}}
{{- if and (eq $tls.kind "cert-manager") (not $tls.issuer.name) -}}
{{- fail "tls.kind is cert-manager, and nothing says who signs: set tls.issuer.name, or tls.kind to secret" -}}
{{- end -}}
{{- if and (ne $tls.kind "cert-manager") $tls.issuer.name -}}
{{- fail (printf "tls.issuer.name is given and tls.kind is %s: set tls.kind to cert-manager, or leave it out" $tls.kind) -}}
{{- end -}}
{{- if and (eq $tls.kind "cert-manager") (or .Values.store.configMap .Values.store.volume) (not .Values.store.id) -}}
{{- fail "tls.kind is cert-manager, and certificates name the store: set store.id to the `store` of your plan" -}}
{{- end -}}
{{- if and (eq $tls.kind "none") $tls.secretName -}}
{{- fail "tls.secretName is given and tls.kind is none: set tls.kind to secret, or leave it out" -}}
{{- end -}}
{{- if and .Values.operators.everybody (or .Values.operators.publicKeys .Values.operators.secret.name) -}}
{{- fail "operators.everybody is true and keys are given: without it they count, with it nobody is asked" -}}
{{- end -}}
{{- if and .Values.etcd.tlsSecret.name (ne $effective.etcd "external") -}}
{{- fail (printf "etcd.tlsSecret is given and etcd.kind is %s: only an external one has TLS" $effective.etcd) -}}
{{- end -}}
{{- range .Values.etcd.endpoints -}}
{{- if and (hasPrefix "https://" .) (not $.Values.etcd.tlsSecret.name) -}}
{{- fail (printf "etcd.endpoints: %s speaks TLS, and nothing says whose certificate it must have: set etcd.tlsSecret.name to a Secret with its authority (ca.crt)" .) -}}
{{- end -}}
{{- if and (hasPrefix "http://" .) $.Values.etcd.tlsSecret.name -}}
{{- fail (printf "etcd.tlsSecret is given and etcd.endpoints has %s: write https://, or leave the Secret out" .) -}}
{{- end -}}
{{- end -}}
{{- with .Values.ingress.devices -}}
{{- if and .enabled .tlsSecret (ne $tls.kind "none") -}}
{{- fail "ingress.devices.tlsSecret would end TLS at the ingress, and devices' certificates with it: leave it out, and have the ingress pass TLS through (ingress.devices.annotations)" -}}
{{- end -}}
{{- end -}}
{{- end -}}
